"""An invented Russian school: 64 teachers of many names and posts, and 12 pupils who must never leave Moodle.

Everything follows from the tables below and the given day; two runs make the same school.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from moodle_mentorship.demo.moodle.config import DemoVisitor
from moodle_mentorship.demo.moodle.state import EDITING_TEACHER, DemoMoodle

#: Custom profile fields of the school's Moodle: short name → (name, datatype).
PROFILE_FIELDS: dict[str, tuple[str, str]] = {
    "position": ("Должность", "text"),
    "subject": ("Предмет", "text"),
    "hire_date": ("Дата приёма на работу", "datetime"),
    "sex": ("Пол", "menu"),
}

#: A datetime field holds midnight where the school is.
_MOSCOW = timezone(timedelta(hours=3))

# Surname | name | patronymic | sex | position | subjects | hired: "12y" years of service (counted from a 1 September),
# "6w" weeks before the given day (not before this school year began).
_STAFF = """
Верещагина|Ольга|Николаевна|ж|Заместитель директора по УВР|Русский язык, литература|19y
Соколовский|Игорь|Валентинович|м|Директор|Обществознание|22y
Тихомирова|Елена|Сергеевна|ж|Учитель|Математика|17y
Ахмедов|Рустам|Магомедович|м|Учитель|Физика, астрономия|14y
Лебедева|Анна|Игоревна|ж|Учитель|Математика|7w
Журавлёв|Артём|Денисович|м|Учитель|Информатика|9w
Алиев|Эльхан|Гасан оглы|м|Учитель|Химия|11y
Мамедова|Севиндж|Ариф кызы|ж|Учитель начальных классов||6y
Петрова-Водкина|Мария|Александровна|ж|Учитель|Изобразительное искусство|8y
Ким|Виктор|Сергеевич|м|Учитель|Физическая культура|5y
Черных|Наталья|Павловна|ж|Учитель|География|24y
Дюма|Александр|Андреевич|м|Учитель|Французский язык|3y
Шевченко|Оксана|Тарасовна|ж|Учитель|Биология|16y
Ковалёв|Пётр|Семёнович|м|Учитель|Технология|28y
Нгуен|Ван Тхань||м|Учитель|Английский язык|1y
Мюллер|Катарина||ж|Учитель|Немецкий язык|2y
Ёлкина|Алёна|Фёдоровна|ж|Учитель начальных классов||9y
Гурьянова|Татьяна|Ильинична|ж|Учитель начальных классов||31y
Барашкова|Юлия|Олеговна|ж|Учитель начальных классов||4w
Седых|Роман|Юрьевич|м|Учитель|История, обществознание|10y
Дубровина|Галина|Петровна|ж|Учитель|Русский язык, литература|33y
Зайцева|Ксения|Романовна|ж|Учитель|Русский язык, литература|11w
Фахрутдинова|Гузель|Ильдаровна|ж|Учитель|Родной язык, литература|13y
Цой|Марина|Викторовна|ж|Педагог-психолог||7y
Белозёрова|Светлана|Геннадьевна|ж|Социальный педагог||12y
Рябинина|Дарья|Кирилловна|ж|Учитель-логопед||2y
Короткова|Вера|Анатольевна|ж|Заведующий библиотекой||21y
Остапенко|Дмитрий|Львович|м|Преподаватель-организатор ОБЗР|Основы безопасности и защиты Родины|8y
Миронова|Инна|Вадимовна|ж|Заместитель директора по ВР|Музыка|18y
Саакян|Армен|Гагикович|м|Учитель|Математика|20y
Быстрова|Людмила|Егоровна|ж|Учитель|Математика|35y
Пономаренко|Алина|Витальевна|ж|Учитель|Английский язык|10w
Хабибуллин|Тимур|Наилевич|м|Учитель|Информатика|6y
Воробьёва|Зоя|Леонидовна|ж|Учитель|Химия, биология|26y
Гречко|Максим|Ярославович|м|Учитель|Физическая культура|1y
Оюн|Чодураа|Мергеновна|ж|Учитель начальных классов||4y
Дорджиева|Айса|Бадмаевна|ж|Учитель|История|5y
Никитин|Никита|Никитич|м|Учитель|Физика|3y
Фомина|Любовь|Кузьминична|ж|Учитель начальных классов||37y
Гоголева|Сардаана|Прокопьевна|ж|Учитель|География|9y
Лукьяненко|Евгений|Борисович|м|Учитель|Технология|15y
Римская-Корсакова|Полина|Глебовна|ж|Учитель|Музыка|2y
Абдуллаева|Патимат|Расуловна|ж|Учитель|Русский язык, литература|12y
Кузьмичёв|Лука|Фомич|м|Учитель|Английский язык|8w
Савельева|Нина|Аркадьевна|ж|Старший вожатый||1y
Живаго|Юрий|Андреевич|м|Педагог дополнительного образования|Шахматы|6y
Шалва|Нино|Георгиевна|ж|Педагог-организатор||3y
Крутых|Степан|Ильич|м|Учитель|Обществознание|7y
Ильина|Маргарита|Эдуардовна|ж|Учитель|Английский язык|14y
Тагиров|Булат|Маратович|м|Учитель|Математика|2y
Соловьёва|Василиса|Тимофеевна|ж|Учитель начальных классов||6w
Ткач|Ирина|Богдановна|ж|Учитель|Биология|10y
Мельник|Олег|Остапович|м|Учитель|История|17y
Чжан|Ли||ж|Учитель|Китайский язык|1y
Родионова|Жанна|Викентьевна|ж|Тьютор||4y
Багратион|Давид|Ираклиевич|м|Учитель|Физическая культура|11y
Орлова|Екатерина|Михайловна|ж|Учитель начальных классов||13y
Кононова|Эмма|Робертовна|ж|Учитель-дефектолог||5y
Щербак|Анатолий|Иванович|м|Учитель|Технология|30y
Юсупова|Дилноза||ж|Учитель начальных классов||2y
Герасимова|Раиса|Саввична|ж|Учитель|Математика|27y
Ланская|Виолетта|Станиславовна|ж|Методист||16y
Прохоров|Илья|Артурович|м|Учитель|Физика|12w
Яблочкина|Ульяна|Всеволодовна|ж|Учитель начальных классов||3y
"""

_PUPILS = """
Агафонов Кирилл|Бурова Милана|Васнецов Матвей|Галкина София|Денисов Лев|Ершова Ева
Зимин Марк|Исаева Варвара|Карпов Макар|Лазарева Таисия|Мухин Савва|Носова Мия
"""

_LATIN = {
    **dict(zip("абвгдезийклмнопрстуфцыэ", "abvgdeziyklmnoprstufcye", strict=True)),
    "ё": "e",
    "ж": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ю": "yu",
    "я": "ya",
    "-": "-",
}

#: The persons of the first page.
VISITORS: tuple[DemoVisitor, ...] = (
    DemoVisitor(
        "vereshchagina.o",
        "Куратор наставничества, заместитель директора по УВР",
        "Составьте пару: банк наставляемых, банк наставников, приказ — и посмотрите, как группа появится в курсе.",
    ),
    DemoVisitor("sokolovskiy.i", "Директор", "Общая картина года: сколько пар работает и что ждёт подписи."),
    DemoVisitor("tikhomirova.e", "Наставник, учитель математики", "Ответьте на предложение стать наставником."),
    DemoVisitor("akhmedov.r", "Наставник, учитель физики", "Посмотрите, как выглядит рабочий стол второго наставника."),
    DemoVisitor("lebedeva.a", "Наставляемая, молодой учитель математики", "Увидьте своего наставника и свою группу."),
    DemoVisitor("zhuravlev.a", "Наставляемый, молодой учитель информатики", "Первые недели в школе: с чего начать."),
    DemoVisitor("admin", "Администратор Moodle", "Подключение, передача в Moodle и то, что застряло по дороге."),
)


@dataclass(frozen=True)
class SeedPerson:
    """One teacher of the invented school. `sex` is "м" or "ж", `subject` may be empty."""

    username: str
    lastname: str
    firstname: str
    middlename: str
    sex: str
    position: str
    subject: str
    hired: date
    idnumber: str

    @property
    def email(self) -> str:
        return f"{self.username}@school.example"

    @property
    def profile(self) -> dict[str, str]:
        """Custom fields as Moodle keeps them: a date as Unix seconds of its midnight."""
        midnight = datetime(self.hired.year, self.hired.month, self.hired.day, tzinfo=_MOSCOW).astimezone(UTC)
        return {
            "position": self.position,
            "subject": self.subject,
            "hire_date": str(int(midnight.timestamp())),
            "sex": {"м": "мужской", "ж": "женский"}[self.sex],
        }


def school_year_start(today: date) -> date:
    """The 1 September on or before `today`."""
    return date(today.year if today.month >= 9 else today.year - 1, 9, 1)


def staff(today: date) -> tuple[SeedPerson, ...]:
    """The 64 teachers, with hire dates relative to `today`."""
    people = []
    for number, line in enumerate(_STAFF.strip().splitlines(), start=1):
        lastname, firstname, middlename, sex, position, subject, hired = line.split("|")
        people.append(
            SeedPerson(
                username=f"{_latin(lastname)}.{_latin(firstname)[0]}",
                lastname=lastname,
                firstname=firstname,
                middlename=middlename,
                sex=sex,
                position=position,
                subject=subject,
                hired=_hired(hired, number, today),
                idnumber=f"T-{number:04}",
            )
        )
    return tuple(people)


def fill(moodle: DemoMoodle) -> None:
    """Put the school into an empty site: staff into the cohort, the curator as editing teacher, pupils outside."""
    moodle.profile_fields.update({name: datatype for name, (_, datatype) in PROFILE_FIELDS.items()})
    for person in staff(moodle.config.today):
        moodle.add_user(
            person.username,
            person.lastname,
            person.firstname,
            person.middlename,
            email=person.email,
            idnumber=person.idnumber,
            profile=person.profile,
            staff=True,
        )
    moodle.enrol(moodle.by_username(VISITORS[0].username).id, EDITING_TEACHER)
    for name in _PUPILS.strip().replace("\n", "|").split("|"):
        lastname, firstname = name.split(" ")
        moodle.add_user(f"{_latin(lastname)}.{_latin(firstname)[0]}", lastname, firstname)


def _hired(word: str, number: int, today: date) -> date:
    start, amount = school_year_start(today), int(word[:-1])
    if word.endswith("w"):
        return max(start, today - timedelta(weeks=amount))
    # Not all on the same day: teachers come in the last days of August too.
    return date(start.year - amount, 9, 1) - timedelta(days=number % 9)


def _latin(word: str) -> str:
    return "".join(_LATIN.get(letter, "") for letter in word.lower())
