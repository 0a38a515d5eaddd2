<?php
// This file is part of the local_mentorship plugin's end-to-end tests.
//
// Makes the people whom the end-to-end tests need in a test Moodle: profile fields, the staff cohort, staff and pupils.
// Run from Moodle's folder: php people.php COUNT PASSWORD. Doing it again adds nobody and gives
// the named ones the new password.
//
// License: http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later.

define('CLI_SCRIPT', true);
require(getcwd() . '/config.php');
require_once($CFG->dirroot . '/user/lib.php');
require_once($CFG->dirroot . '/cohort/lib.php');
require_once($CFG->dirroot . '/user/profile/lib.php');

[, $count, $password] = $argv;
\core\session\manager::set_user(get_admin());

$category = $DB->get_record('user_info_category', [], '*', IGNORE_MULTIPLE)
    ?: (object) ['id' => $DB->insert_record('user_info_category', ['name' => 'Работа', 'sortorder' => 1])];
$fields = ['position' => ['Должность', 'text'], 'hire_date' => ['Дата приёма', 'datetime']];
foreach ($fields as $shortname => [$name, $datatype]) {
    if (!$DB->record_exists('user_info_field', ['shortname' => $shortname])) {
        $DB->insert_record('user_info_field', (object) [
            'shortname' => $shortname, 'name' => $name, 'datatype' => $datatype, 'categoryid' => $category->id,
            'sortorder' => 1, 'visible' => 2, 'param1' => $datatype === 'datetime' ? 1990 : 30,
            'param2' => $datatype === 'datetime' ? 2040 : 2048, 'description' => '', 'descriptionformat' => 1,
        ]);
    }
}

$cohort = $DB->get_record('cohort', ['idnumber' => 'e2e-staff']);
if (!$cohort) {
    $cohort = (object) ['name' => 'Педагоги', 'idnumber' => 'e2e-staff', 'contextid' => context_system::instance()->id,
        'description' => '', 'descriptionformat' => FORMAT_HTML];
    $cohort->id = cohort_add_cohort($cohort);
}

$named = [
    'e2e-curator' => ['Соколова', 'Елена', 'Викторовна', 'заместитель директора'],
    'e2e-mentor' => ['Тихонов', 'Игорь', 'Сергеевич', 'учитель математики'],
    'e2e-mentee' => ['Зайцев', 'Павел', 'Андреевич', 'учитель математики'],
];
// Who fill the banks: twelve who get help, eight who give it.
$teachers = ['Алтынова', 'Бережная', 'Верховцева', 'Голубкина', 'Державина', 'Елагина', 'Жемчужникова', 'Загоскина',
    'Измайлова', 'Карамзина', 'Ломакина', 'Мещерская', 'Нарышкина', 'Одоевская', 'Плетнёва', 'Ростопчина', 'Сумарокова',
    'Тютчева', 'Уварова', 'Фонвизина'];
foreach ($teachers as $number => $lastname) {
    $named[sprintf('e2e-teacher%02d', $number + 1)] = [$lastname, 'Мария', 'Павловна', 'учитель истории'];
}
$lastnames = ['Абрамов', 'Белов', 'Волков', 'Громов', 'Дроздов', 'Ершов', 'Жуков', 'Зимин', 'Ильин', 'Крылов'];
$firstnames = ['Андрей', 'Борис', 'Виктор', 'Глеб', 'Денис', 'Егор', 'Захар', 'Иван', 'Кирилл', 'Лев'];
$made = 0;

/**
 * Make one person unless the user name is taken.
 *
 * @param string $username
 * @param array $names last name, first name, middle name, position
 * @param string|null $password null: the person never logs in
 * @return int|null the new user's id, null when there was one
 */
function make(string $username, array $names, ?string $password): ?int {
    global $CFG, $DB;
    if ($DB->record_exists('user', ['username' => $username])) {
        return null;
    }
    $user = (object) ['username' => $username, 'lastname' => $names[0], 'firstname' => $names[1], 'middlename' => $names[2],
        'email' => $username . '@school.example', 'auth' => $password === null ? 'nologin' : 'manual', 'confirmed' => 1,
        'mnethostid' => $CFG->mnet_localhost_id, 'lang' => 'en', 'password' => $password ?? ''];
    $id = user_create_user($user, $password !== null, false);
    profile_save_data((object) ['id' => $id, 'profile_field_position' => $names[3],
        'profile_field_hire_date' => make_timestamp(2026, 9, 1)]);
    return $id;
}

foreach ($named as $username => $names) {
    if ($id = make($username, $names, $password)) {
        cohort_add_member($cohort->id, $id);
        $made++;
    } else {
        update_internal_user_password($DB->get_record('user', ['username' => $username]), $password);
    }
}
// Other tests know some of these by their numbers, which begin at 3.
for ($number = 3; $number < $count; $number++) {
    $names = [$lastnames[$number % 10] . 'ых', $firstnames[intdiv($number, 10) % 10], 'Олегович', 'учитель'];
    if ($id = make(sprintf('e2e-staff%05d', $number), $names, null)) {
        cohort_add_member($cohort->id, $id);
        $made++;
    }
}
make('e2e-pupil', ['Школьников', 'Ученик', '', ''], null);
$members = $DB->count_records('cohort_members', ['cohortid' => $cohort->id]);
echo json_encode(['members' => $members, 'made' => $made]), "\n";
