<?php
// This file is part of Moodle - https://moodle.org/
//
// Moodle is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Moodle is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with Moodle.  If not, see <https://www.gnu.org/licenses/>.

/**
 * Strings in Russian.
 *
 * @package    local_mentorship
 * @copyright  2026 Moodle Mentorship contributors
 * @license    https://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

defined('MOODLE_INTERNAL') || die();

$string['activityname'] = 'Наставничество';
$string['clihelp'] = 'Подключает этот Moodle к сервису «Наставничество». Команду можно повторять: она находит готовое и создаёт недостающее.

  --sidecar=URL, -s        Адрес сервиса
  --invitation=CODE, -i    Код приглашения школы, нужен при первом подключении
  --cohort=IDNUMBER|ID     Глобальная группа с педагогами; не нужна, если выбрана раньше или единственная
  --curator=USERNAME       Логин первого куратора
  --course=SHORTNAME       Краткое название курса; если не указать, создаётся курс «mentorship»
  --help, -h               Эта справка

Пример:
  php local/mentorship/cli/connect.php --sidecar=https://mentor.example --invitation=КОД --cohort=staff --curator=ivanova';
$string['connectbutton'] = 'Подключить';
$string['connected'] = 'Подключено: {$a->sidecar}. Педагоги открывают инструмент в курсе {$a->course}';
$string['connectedsince'] = 'Подключено к {$a->sidecar}, последний раз {$a->time}.';
$string['connectintro'] = 'Подключает этот Moodle к сервису «Наставничество»: веб-службы, служебная учётная запись с наименьшими правами, инструмент LTI, курс и запись педагогов на него. Повторное нажатие восстановит недостающее и ничего не испортит.';
$string['connectpage'] = 'Наставничество: подключение';
$string['coursename'] = 'Наставничество';
$string['coursesummary'] = 'Наставничество педагогов в нашей школе: пары, планы, материалы.';
$string['erroraddress'] = 'Сообщение может вести только в этот Moodle или в сервис «Наставничество»: {$a}';
$string['erroranotherschool'] = 'Этот Moodle уже подключён к другой школе сервиса ({$a}). Попросите владельца сервиса отключить прежнее подключение.';
$string['erroranswer'] = 'Ответ сервиса не соответствует протоколу ({$a}). Проверьте публичный адрес в его настройках и повторите подключение.';
$string['errorbusy'] = 'Подключение уже выполняется. Дождитесь его окончания и повторите.';
$string['errorcallback'] = 'Сервис подключён, но не смог обратиться к этому Moodle: {$a->code} {$a->detail}. Проверьте, что с машины сервиса открывается адрес этого сайта, и повторите подключение.';
$string['errorchoosecohort'] = 'На сайте несколько глобальных групп. Укажите ту, в которой состоят педагоги, например --cohort=staff. Есть такие: {$a}';
$string['errorclock'] = 'Часы Moodle и сервиса расходятся больше чем на пять минут. Выставьте время на обеих машинах и повторите подключение. ({$a})';
$string['errorcohort'] = 'Глобальная группа «{$a->wanted}» не найдена или таких несколько. Укажите идентификатор или номер (id) одной из них: {$a->cohorts}';
$string['errorcohortgone'] = 'Глобальная группа педагогов удалена. Повторите cli/connect.php с параметром --cohort.';
$string['errorcoursetaken'] = 'Курс с кратким названием «{$a}» уже есть, и создал его не этот плагин. Чтобы использовать его, укажите --course={$a}, или назовите другой.';
$string['errorcurator'] = 'Нет действующего пользователя с логином «{$a}». Проверьте параметр --curator.';
$string['errorfrontpage'] = 'Главная страница не может быть курсом наставничества. Укажите другой курс в параметре --course.';
$string['errorhandover'] = 'Сервис не принял подключение: {$a}. В Moodle всё готово; устраните причину и повторите подключение.';
$string['errorinvitationinvalid'] = 'Сервис не знает этого приглашения, или срок его истёк. Получите новый код («mentorship invite») и повторите подключение с параметром --invitation. ({$a})';
$string['errorinvitationused'] = 'Это приглашение уже использовано. Получите новый код («mentorship invite») и повторите подключение с параметром --invitation. ({$a})';
$string['errormessageoff'] = 'Сообщения плагина отключены в этом Moodle.';
$string['errornocohorts'] = 'На сайте нет ни одной глобальной группы. Создайте группу со всеми педагогами (Администрирование > Пользователи > Глобальные группы) и повторите подключение.';
$string['errornoservice'] = 'Не найдена веб-служба плагина. Выполните admin/cli/upgrade.php или установите плагин заново.';
$string['errornosidecar'] = 'Укажите адрес сервиса: --sidecar=https://…';
$string['errornostudentrole'] = 'На сайте нет роли с архетипом «студент», с которой педагоги записываются на курс. Восстановите её: Администрирование > Пользователи > Определить роли.';
$string['errornotconnected'] = 'Этот Moodle ещё не подключён. Выполните cli/connect.php.';
$string['errornotsidecar'] = 'По адресу {$a->url} сервис «Наставничество» не отвечает. В Moodle ничего не изменено. Проверьте адрес и работает ли сервис. ({$a->answer})';
$string['errorprotocol'] = 'Плагин работает по протоколу {$a->ours}, сервис — по протоколу {$a->theirs}. Обновите того, кто старше.';
$string['errorprotocolrefused'] = 'Сервис не поддерживает протокол этого плагина. Обновите того, кто старше. ({$a})';
$string['errorserviceuser'] = 'Логин «{$a}» занят учётной записью с другим способом входа. Переименуйте её и повторите подключение.';
$string['errorsidecarhttp'] = '{$a} — соединение без шифрования, а при подключении передаётся ключ доступа. Используйте https:// (http разрешён только для этой же машины).';
$string['errorsidecarother'] = 'Сервис по адресу {$a->url} называет своим другой адрес: {$a->theirs}. Подключайтесь по публичному адресу из его настроек.';
$string['errorsidecarurl'] = '«{$a}» не похоже на адрес сервиса. Нужен адрес вида https://mentor.example';
$string['errorsignature'] = 'Сервис помнит для этого сайта другой секрет. Получите новое приглашение («mentorship invite») и повторите подключение с параметром --invitation. ({$a})';
$string['errorunexpected'] = 'Не удался шаг «{$a->step}»: {$a->error}. Устраните причину и повторите подключение, оно продолжится с этого места.';
$string['errorwebhook'] = 'Сервис не принял сообщение об изменениях: {$a}';
$string['fieldcohort'] = 'Глобальная группа педагогов';
$string['fieldcohort_help'] = 'Сервису известны только участники этой группы. Данные учеников не покидают Moodle.';
$string['fieldcourse'] = 'Краткое название курса';
$string['fieldcourse_help'] = 'Оставьте поле пустым, и курс «Наставничество» будет создан.';
$string['fieldcurator'] = 'Логин первого куратора';
$string['fieldcurator_help'] = 'Этот человек ведёт пары в сервисе и назначает остальные роли. Можно не указывать, если куратор уже назначен.';
$string['fieldinvitation'] = 'Код приглашения';
$string['fieldinvitation_help'] = 'Код выдаёт владелец сервиса («mentorship invite»). Нужен только при первом подключении.';
$string['fieldsidecar'] = 'Адрес сервиса';
$string['fieldsidecar_help'] = 'Например, https://mentor.example';
$string['mentorship:readstaff'] = 'Читать список педагогов';
$string['mentorship:sendmessage'] = 'Отправлять сообщения участникам глобальной группы педагогов';
$string['mentorship:setcompletion'] = 'Отмечать выполнение элементов «Наставничества»';
$string['messageprovider:note'] = 'Сообщения о наставничестве';
$string['notconnected'] = 'Ещё не подключено.';
$string['outcomeattention'] = 'требует внимания';
$string['outcomedone'] = 'сделано';
$string['outcomefine'] = 'в порядке';
$string['outcomepresent'] = 'уже готово';
$string['pluginname'] = 'Наставничество';
$string['privacy:metadata:core_message'] = 'Сообщения педагогам, которые отправляет сервис.';
$string['privacy:metadata:journal'] = 'У кого из педагогов изменились данные, чтобы сервис мог прочитать их заново. Записи хранятся 90 дней.';
$string['privacy:metadata:journal:kind'] = 'Что произошло: изменение, уход из группы или удаление учётной записи';
$string['privacy:metadata:journal:timecreated'] = 'Когда это было отмечено';
$string['privacy:metadata:message'] = 'Какие сообщения сервиса были отправлены человеку, чтобы ни одно не пришло дважды. Записи хранятся 60 дней.';
$string['privacy:metadata:message:messagekey'] = 'Название сообщения в сервисе';
$string['privacy:metadata:message:timecreated'] = 'Когда оно отправлено';
$string['privacy:metadata:sidecar'] = 'Сервис «Наставничество», который школа подключает для работы наставников. Он получает данные только участников глобальной группы педагогов.';
$string['privacy:metadata:sidecar:email'] = 'Адрес электронной почты';
$string['privacy:metadata:sidecar:fullname'] = 'Фамилия, имя и отчество';
$string['privacy:metadata:sidecar:profile'] = 'Выбранные школой поля профиля: например, должность, предметы, дата приёма';
$string['privacy:metadata:sidecar:suspended'] = 'Заблокирована ли учётная запись';
$string['privacy:metadata:staff'] = 'Кто состоит или состоял в глобальной группе педагогов.';
$string['privacy:metadata:staff:fingerprint'] = 'Контрольная сумма данных, по которой находятся изменения';
$string['privacy:metadata:staff:timeleft'] = 'Когда человек вышел из группы';
$string['privacy:metadata:staff:timemodified'] = 'Когда сделана эта запись';
$string['privacy:metadata:userid'] = 'Номер пользователя в Moodle';
$string['reportfailure'] = 'ОСТАНОВЛЕНО: {$a}';
$string['reportwarning'] = 'Обратите внимание: {$a}';
$string['rolecourse'] = 'Сервис «Наставничество»: курс';
$string['rolecoursedescription'] = 'Группы, запись, календарь и отметки о выполнении в курсе наставничества. Роль служебной учётной записи сервиса.';
$string['rolesite'] = 'Сервис «Наставничество»: сайт';
$string['rolesitedescription'] = 'Чтение списка педагогов через веб-службу, сообщения этим педагогам и ничего больше. Роль служебной учётной записи сервиса.';
$string['sectiondesk'] = 'Рабочее место';
$string['sectiondesksummary'] = 'Здесь открывается инструмент «Наставничество». Второй пароль не нужен.';
$string['sectionmaterials'] = 'Материалы';
$string['sectionmaterialssummary'] = 'Памятки, бланки и примеры для наставников и наставляемых.';
$string['sectionpairs'] = 'Пары и группы';
$string['sectionpairssummary'] = 'Каждая пара работает в своей группе, её видят только участники.';
$string['serviceuserfirstname'] = 'Наставничество';
$string['serviceuserlastname'] = 'Сервис';
$string['stepactivity'] = 'Элемент в курсе';
$string['stepcohort'] = 'Глобальная группа педагогов';
$string['stepcourse'] = 'Курс';
$string['stepcurl'] = 'Защита cURL';
$string['stepenrolment'] = 'Запись на курс';
$string['stephandover'] = 'Передача сервису';
$string['steprights'] = 'Права в курсе';
$string['stepserviceuser'] = 'Служебная учётная запись';
$string['stepsidecar'] = 'Сервис';
$string['steptoken'] = 'Ключ веб-службы';
$string['steptool'] = 'Инструмент LTI';
$string['stepwebservices'] = 'Веб-службы';
$string['taskcompare'] = 'Поиск изменений у педагогов, о которых не было событий';
$string['taskprune'] = 'Очистка старых записей журнала и ключей сообщений';
$string['taskwebhook'] = 'Сообщение сервису об изменениях';
$string['tokenname'] = 'Сервис «Наставничество»';
$string['tooldescription'] = 'Наставничество педагогов: пары, планы, документы.';
$string['toolname'] = 'Наставничество';
$string['warningcohortempty'] = 'В глобальной группе педагогов никого нет: инструмент никто не откроет.';
$string['warningcurator'] = 'Куратор «{$a}» не состоит в глобальной группе педагогов. Добавьте его в группу, иначе сервис его не впустит.';
$string['warningcurl'] = 'Защита cURL в Moodle не даёт читать ключи сервиса. Откройте {$a->page}:';
$string['warningcurlhost'] = 'уберите из списка «cURL blocked hosts list» запись, под которую попадает {$a->host};';
$string['warningcurlport'] = 'добавьте в список «cURL allowed ports list» строку {$a->port};';
$string['warningsidecar'] = 'Сервис сообщает: {$a}';
