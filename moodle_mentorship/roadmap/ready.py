"""The ready-made road map: seven stages and their lines, worded as schools' own documents word them.

Periods are days of a school year, as month and day; a month from September on lies in its first calendar year.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from moodle_mentorship.core.actor import Role
from moodle_mentorship.core.i18n import N_
from moodle_mentorship.roadmap.enums import Timing
from moodle_mentorship.school.models import SchoolYear

Day = tuple[int, int]

#: As the document names them.
STAGES = {
    1: "Подготовка условий для реализации системы (целевой модели) наставничества",
    2: "Формирование банка наставляемых",
    3: "Формирование банка наставников",
    4: "Отбор и обучение",
    5: "Организация и осуществление работы наставнических пар/групп",
    6: "Завершение персонализированных программ наставничества",
    7: "Информационная поддержка системы (целевой модели) наставничества",
}
#: As the line of the year names them: msgids.
SHORT = {
    1: N_("Conditions"),
    2: N_("Bank of mentees"),
    3: N_("Bank of mentors"),
    4: N_("Selection and training"),
    5: N_("Work of pairs and groups"),
    6: N_("End of the programmes"),
    7: N_("Publicity"),
}


@dataclass(frozen=True)
class Ready:
    """A line of the ready-made road map; {year} is the school year."""

    stage: int
    content: str
    starts: Day
    ends: Day
    product: str
    responsible: Role | str = Role.CURATOR
    timing: Timing = Timing.PERIOD
    evidence: list[str] = field(default_factory=list)


_MAP = (
    "Дорожную карту (план мероприятий) по реализации Положения о системе (целевой модели) наставничества "
    "педагогических работников в образовательной организации на {year} учебный год"
)

LINES = (
    Ready(1, f"Внесение изменений в {_MAP}", (8, 25), (9, 10), "Проект дорожной карты", evidence=["road_map.order"]),
    Ready(
        1,
        "Подготовка и принятие локальных нормативных правовых актов образовательной организации",
        (9, 1),
        (9, 15),
        "Действующие локальные акты",
        Role.DIRECTOR,
        evidence=["acts.regulation"],
    ),
    Ready(
        1,
        "Приказ «Об утверждении дорожной карты (плана мероприятий) по реализации Положения о системе (целевой модели) "
        "наставничества педагогических работников на {year} учебный год»",
        (9, 1),
        (9, 15),
        "Приказ",
        Role.DIRECTOR,
        evidence=["road_map.order"],
    ),
    Ready(
        1,
        "Приказ(ы) о закреплении наставнических пар/групп",
        (9, 15),
        (10, 10),
        "Приказ(ы) с листами ознакомления",
        Role.DIRECTOR,
        evidence=["pairs.order"],
    ),
    Ready(
        1,
        "Подготовка шаблона персонализированной программы наставничества",
        (9, 1),
        (9, 25),
        "Шаблон программы",
        evidence=["pairs.programme_template"],
    ),
    Ready(
        2,
        "Сбор информации о новых сотрудниках, молодых специалистах, профессиональных запросах педагогов",
        (8, 25),
        (9, 20),
        "Анкеты наставляемых",
        evidence=["surveys.need"],
    ),
    Ready(
        2,
        "Внесение изменений в банк данных наставляемых, обеспечение согласий на сбор и обработку персональных данных",
        (9, 1),
        (9, 25),
        "Банк данных наставляемых, согласия",
        evidence=["banks.mentees", "consents.processing_mentee"],
    ),
    Ready(
        3,
        "Проведение анкетирования среди потенциальных наставников в образовательной организации, желающих принять "
        "участие в персонализированных программах наставничества",
        (9, 1),
        (9, 20),
        "Анкеты наставников",
        evidence=["surveys.offer"],
    ),
    Ready(
        3,
        "Формирование банка данных наставников, обеспечение согласий на сбор и обработку персональных данных",
        (9, 1),
        (9, 25),
        "Банк данных наставников, согласия",
        evidence=["banks.mentors", "consents.processing_mentor"],
    ),
    Ready(
        4,
        "Анализ банка и выбор подходящих наставников для педагога/группы педагогов",
        (9, 15),
        (10, 5),
        "Предложения о парах и группах",
        evidence=["pairs.proposed"],
    ),
    Ready(
        4,
        "Обучение наставников для работы с наставляемыми: подготовка методических материалов для сопровождения "
        "наставнической деятельности",
        (9, 15),
        (10, 15),
        "Методические материалы",
    ),
    Ready(
        4,
        "Обучение наставников для работы с наставляемыми: проведение консультаций, организация обмена опытом среди "
        "наставников, «установочные сессии» наставников и другое",
        (9, 15),
        (10, 15),
        "Обученные наставники",
        evidence=["banks.trained", "meetings.training"],
    ),
    Ready(
        5,
        "Формирование наставнических пар/групп",
        (9, 20),
        (10, 10),
        "Закреплённые пары и группы",
        evidence=["pairs.formed"],
    ),
    Ready(
        5,
        "Разработка наставниками персонализированных программ наставничества для каждой пары/группы",
        (10, 1),
        (10, 31),
        "Персонализированные программы",
        Role.MENTOR,
        evidence=["pairs.programmes"],
    ),
    Ready(
        5,
        "Организация психолого-педагогической поддержки сопровождения наставляемых",
        (10, 1),
        (5, 31),
        "Консультации по запросам",
        Role.PSYCHOLOGIST,
        Timing.YEAR,
    ),
    Ready(
        5,
        "Ежемесячные встречи для обмена опытом и решения профессиональных затруднений",
        (10, 1),
        (5, 31),
        "Отметки о встречах",
        timing=Timing.MONTHLY,
        evidence=["meetings.exchange"],
    ),
    Ready(
        6,
        "Проведение мониторинга качества реализации персонализированных программ наставничества (анкетирование)",
        (4, 15),
        (5, 25),
        "Итоги анкетирования",
        evidence=["surveys.finish"],
    ),
    Ready(
        6,
        "Приказ «О проведении итогового мероприятия в рамках реализации системы (целевой модели) наставничества "
        "педагогических работников»",
        (5, 1),
        (5, 15),
        "Приказ",
        Role.DIRECTOR,
        evidence=["documents.closing_event_order"],
    ),
    Ready(
        6,
        "Проведение итогового мероприятия (встречи) по выявлению лучших практик наставничества; пополнение "
        "методической копилки педагогических практик наставничества",
        (5, 15),
        (5, 31),
        "Описания лучших практик",
        evidence=["meetings.closing"],
    ),
    Ready(
        7,
        "Освещение мероприятий Дорожной карты на всех этапах на сайте образовательной организации и в социальных сетях "
        "в специальном разделе, по возможности на муниципальном и региональном уровнях",
        (9, 1),
        (5, 31),
        "Публикации",
        timing=Timing.YEAR,
    ),
)


def columns(year_start: int) -> Iterator[dict[str, Any]]:
    """What `models.Line` keeps of each line in the school year that begins in `year_start`, in their order."""
    label = SchoolYear(year_start).label
    for place, line in enumerate(LINES, start=1):
        role = line.responsible if isinstance(line.responsible, Role) else None
        yield {
            "stage": line.stage,
            "place": place,
            "content": line.content.format(year=label),
            "timing": line.timing,
            "starts_on": day_of(year_start, line.starts),
            "ends_on": day_of(year_start, line.ends),
            "responsible_role": role,
            "responsible_words": None if role is not None else str(line.responsible),
            "product": line.product,
            "evidence": list(line.evidence),
            "held_parts": [],
            "left_over": False,
        }


def day_of(year_start: int, day: Day) -> date:
    """The calendar day in the school year that begins in `year_start`; July and August are those before it."""
    month, number = day
    return date(year_start if month >= 7 else year_start + 1, month, number)
