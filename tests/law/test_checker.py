"""What the checker says of sentences as schools write them: a list of right and wrong ones."""

from datetime import date

import pytest

from moodle_mentorship.law.checker import check
from moodle_mentorship.law.references import shipped

ON = date(2026, 11, 24)

# Sentence, and for each citation what is said and what to write instead.
GOLD: list[tuple[str, list[tuple[str, str, str | None]]]] = [
    # Right.
    ("В соответствии со ст. 351.8 ТК РФ", [("ст. 351.8", "good", None)]),
    ("на основании ст.351.8 ТК", [("ст.351.8", "good", None)]),
    ("статьи 351.8 Трудового кодекса Российской Федерации", [("статьи 351.8", "good", None)]),
    ("статьёй\u00a0351.8 Трудового\u00a0кодекса РФ", [("статьёй\u00a0351.8", "good", None)]),
    ("Трудовым кодексом Российской Федерации (статья 351.8)", [("статья 351.8", "good", None)]),
    ("выплата по 351.8 ТК РФ", [("351.8", "good", None)]),
    ("Федеральный закон от 27.07.2006 № 152-ФЗ «О персональных данных»", [("152-ФЗ", "good", None)]),
    ("Федеральный закон от 27 июля 2006 года № 152–ФЗ", [("152–ФЗ", "good", None)]),
    ("закона №152 ФЗ", [("152 ФЗ", "good", None)]),
    ("ст. 9 Федерального закона № 152-ФЗ", [("ст. 9", "good", None), ("152-ФЗ", "good", None)]),
    (
        "статьями 9 и 10.1 Федерального закона от 27.07.2006 № 152-ФЗ",
        [("статьями 9", "good", None), ("10.1", "good", None), ("152-ФЗ", "good", None)],
    ),
    ("ч. 5 ст. 21 152-ФЗ", [("ст. 21", "good", None), ("152-ФЗ", "good", None)]),
    ("согласно 381-ФЗ от 09.11.2024", [("381-ФЗ", "good", None)]),
    ("письмо от 21.12.2021 № АЗ-1128/08/657", [("АЗ-1128/08/657", "good", None)]),
    ("письмо № АЗ–1128 / 08 / 657", [("АЗ–1128 / 08 / 657", "good", None)]),
    ("письмо № A3-1128/08/657", [("A3-1128/08/657", "good", None)]),
    ("распоряжением Правительства от 21.05.2025 № 1264-р", [("1264-р", "good", None)]),
    ("по ГОСТ Р 7.0.97-2025", [("ГОСТ Р 7.0.97-2025", "good", None)]),
    ("по ГОСТ Р 7.0.97—2025", [("ГОСТ Р 7.0.97—2025", "good", None)]),
    (
        "приказом Минпросвещения России от 24.03.2023 № 196",
        [("приказом Минпросвещения России от 24.03.2023 № 196", "good", None)],
    ),
    (
        "приказ Министерства просвещения РФ от 24 марта 2023 г. № 196",
        [("приказ Министерства просвещения РФ от 24 марта 2023 г. № 196", "good", None)],
    ),
    ("приказ Роскомнадзора № 18", [("приказ Роскомнадзора № 18", "good", None)]),
    (
        "приказа Минпросвещения России от 06.11.2024 № 779",
        [("приказа Минпросвещения России от 06.11.2024 № 779", "good", None)],
    ),
    (
        "постановление Правительства РФ от 21.02.2022 № 225",
        [("постановление Правительства РФ от 21.02.2022 № 225", "good", None)],
    ),
    ("ст. 47 273-ФЗ", [("ст. 47", "good", None), ("273-ФЗ", "good", None)]),
    ("в Трудовой кодекс внесены изменения", [("Трудовой кодекс", "good", None)]),
    # Wrong, and what to write.
    ("по ст. 358.1 ТК РФ", [("ст. 358.1", "misprint", "ст. 351.8 ТК РФ")]),
    ("статьёй 358.1 Трудового кодекса", [("статьёй 358.1", "misprint", "ст. 351.8 ТК РФ")]),
    ("наставничество (ст.358.1)", [("ст.358.1", "misprint", "ст. 351.8 ТК РФ")]),
    ("распоряжение Минпросвещения от 25.12.2019 № Р-145", [("Р-145", "unfit", "письмо № АЗ-1128/08/657")]),
    ("модель наставничества (P-145)", [("P-145", "unfit", "письмо № АЗ-1128/08/657")]),
    ("письмом № АЗ-1128/08", [("АЗ-1128/08", "incomplete", "№ АЗ-1128/08/657")]),
    ("ГОСТ Р 7.0.97-2016", [("ГОСТ Р 7.0.97-2016", "expired", "ГОСТ Р 7.0.97-2025")]),
    ("оформляются по ГОСТ 7.0.97-2016", [("ГОСТ 7.0.97-2016", "expired", "ГОСТ Р 7.0.97-2025")]),
    ("по ГОСТ Р 7.0.97", [("ГОСТ Р 7.0.97", "incomplete", None)]),
    (
        "приказ Минпросвещения России от 21.07.2022 № 582",
        [
            (
                "приказ Минпросвещения России от 21.07.2022 № 582",
                "expired",
                "приказ Минпросвещения России от 06.11.2024 № 779",
            )
        ],
    ),
    ("Федеральный закон от 27.07.2007 № 152-ФЗ", [("152-ФЗ", "wrong_date", None)]),
    (
        "приказ Минпросвещения России от 24.03.2022 № 196",
        [("приказ Минпросвещения России от 24.03.2022 № 196", "wrong_date", None)],
    ),
    # Not in the table: told, not judged.
    ("ст. 72 ТК РФ", [("ст. 72", "unchecked", None)]),
    ("ст. 152.1 ГК РФ", [("ст. 152.1", "unchecked", None)]),
    ("Федеральный закон № 44-ФЗ", [("44-ФЗ", "unchecked", None)]),
    (
        "приказ Минобрнауки России от 11.05.2016 № 536",
        [("приказ Минобрнауки России от 11.05.2016 № 536", "unchecked", None)],
    ),
    ("статья 12 настоящего закона", [("статья 12", "unchecked", None)]),
    ("письмо Минпросвещения № ТВ-1984/04", [("ТВ-1984/04", "unchecked", None)]),
    # No citations.
    ("Приказ директора школы от 01.09.2026 № 143", []),
    ("приказом № 143-ОД от 01.09.2026", []),
    ("Пункт 3.5 настоящего Положения, кабинет 351.8", []),
    ("в 2025 году 12 педагогов прошли обучение, 8-р группа", []),
    ("стаж 152 месяца", []),
]


@pytest.mark.parametrize(("sentence", "expected"), GOLD, ids=[sentence for sentence, _ in GOLD])
def test_the_list_of_sentences(sentence: str, expected: list[tuple[str, str, str | None]]) -> None:
    found = check([sentence], shipped(), ON)
    said = [
        (remark.quoted, remark.verdict.value, None if remark.verdict == "good" else remark.instead) for remark in found
    ]
    assert [(quoted, verdict) for quoted, verdict, _ in said] == [(quoted, verdict) for quoted, verdict, _ in expected]
    assert [instead for *_, instead in said] == [instead for *_, instead in expected]


def test_the_list_is_long_enough() -> None:
    assert len(GOLD) >= 40


@pytest.mark.parametrize(
    ("sentence", "on", "verdict"),
    [
        ("ст. 351.8 ТК РФ", date(2025, 2, 28), "ahead"),
        ("ст. 351.8 ТК РФ", date(2025, 3, 1), "good"),
        ("ГОСТ Р 7.0.97-2016", date(2025, 8, 17), "good"),
        ("ГОСТ Р 7.0.97-2016", date(2025, 8, 18), "expired"),
        ("ГОСТ Р 7.0.97-2025", date(2025, 8, 17), "ahead"),
        ("156-ФЗ", date(2025, 8, 31), "ahead"),
        ("приказ Роскомнадзора № 18", date(2027, 9, 1), "expired"),
    ],
)
def test_the_day_of_the_act_decides(sentence: str, on: date, verdict: str) -> None:
    assert [remark.verdict.value for remark in check([sentence], shipped(), on)] == [verdict]


def test_a_place_is_told_by_paragraph_and_excerpt() -> None:
    text = ["О наставничестве", "Положение разработано " + "в" * 100 + " на основании ст. 358.1 ТК РФ" + " и" * 100]
    (remark,) = check(text, shipped(), ON)
    assert (remark.paragraph, text[1][remark.start :].startswith("ст. 358.1")) == (2, True)
    assert len(remark.excerpt) <= len(remark.quoted) + 122
    assert "ст. 358.1 ТК РФ" in remark.excerpt
    assert (remark.excerpt[0], remark.excerpt[-1]) == ("…", "…")
    assert check(["ст. 358.1 ТК РФ"], shipped(), ON)[0].excerpt == "ст. 358.1 ТК РФ"


def test_an_article_without_an_act_in_a_text_on_something_else_is_left_to_the_reader() -> None:
    assert [remark.verdict.value for remark in check(["см. ст. 358.1"], shipped(), ON)] == ["unchecked"]


def test_shipped_rows_are_sound() -> None:
    rows = shipped()
    assert len({row.key for row in rows}) == len(rows)
    for row in rows:
        assert row.source
        assert row.in_force_until is None or row.in_force_from is None or row.in_force_from <= row.in_force_until
        assert [other.key for other in rows if other is not row and row.meets(other)] == []
