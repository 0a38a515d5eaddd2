"""What a questionnaire asks: sections and items, typed here, kept as JSON in a version.

The schemas are the JSON column's border: what they load holds all the promises below, whoever wrote it.
"""

import secrets
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, post_load, validate

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.core.schemas import NOT_OFFERED, Line, Prose, Whole
from moodle_mentorship.people.enums import ANSWERABLE, FREE, PersonField
from moodle_mentorship.surveys.enums import ItemType

#: Items of one questionnaire: more is not a calm page any more.
MOST_ITEMS = 60
#: Characters of a free answer.
LONGEST_TEXT = 4000
#: A matrix's levels, 0 to 3.
LEVELS = range(4)

SOME_OPTIONS = N_("Offer at least two answers, thirty at most")
SOME_THEMES = N_("Choose at least one theme")
FEWER_QUESTIONS = N_("A questionnaire has 60 questions at most")

CODE = validate.Regexp(r"^[a-z][a-z0-9_]{0,39}$", error=N_("Write small Latin letters, digits and _ here"))


@dataclass(frozen=True)
class Option:
    """One of the answers offered, or one theme of a matrix. Answers keep the code, so the words may be corrected."""

    code: str
    title: str


@dataclass(frozen=True)
class Condition:
    """The item is asked only where the answer to an earlier one contains one of `values`.

    Of a choice: the codes of options; of a scale or a matrix: numbers as text (in a matrix, of any theme).
    """

    item: str
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question. `private`: the curator alone reads the answer, and it is stored sealed."""

    type: ClassVar[ItemType]
    #: Seconds that an answer takes, for «осталось около 4 минут».
    seconds: ClassVar[int] = 15

    code: str
    title: str
    hint: str = ""
    required: bool = False
    private: bool = False
    show_if: Condition | None = None
    #: What the answer says of the person's work, for the directory: words as a profile field would hold them.
    fills: PersonField | None = None

    @property
    def effort(self) -> int:
        return self.seconds

    @property
    def words(self) -> frozenset[str]:
        """What a condition may name of the answer."""
        return frozenset()


@dataclass(frozen=True, kw_only=True)
class Text(Item):
    """A free answer."""

    type = ItemType.TEXT
    seconds = 45

    longest: int = LONGEST_TEXT


@dataclass(frozen=True, kw_only=True)
class Single(Item):
    """One of several."""

    type = ItemType.SINGLE

    options: tuple[Option, ...]

    @property
    def words(self) -> frozenset[str]:
        return frozenset(option.code for option in self.options)


@dataclass(frozen=True, kw_only=True)
class Multiple(Item):
    """Some of several, at most `most` (None: all)."""

    type = ItemType.MULTIPLE
    seconds = 20

    options: tuple[Option, ...]
    most: int | None = None

    @property
    def words(self) -> frozenset[str]:
        return frozenset(option.code for option in self.options)


@dataclass(frozen=True, kw_only=True)
class Scale(Item):
    """A number from `least` to `greatest`, whose ends have words."""

    type = ItemType.SCALE

    least: int = 1
    greatest: int = 5
    least_label: str = ""
    greatest_label: str = ""

    @property
    def numbers(self) -> range:
        return range(self.least, self.greatest + 1)

    @property
    def words(self) -> frozenset[str]:
        return frozenset(str(number) for number in self.numbers)


@dataclass(frozen=True, kw_only=True)
class Matrix(Item):
    """For each theme a level from 0 to 3; `levels` are their words."""

    type = ItemType.MATRIX

    themes: tuple[Option, ...]
    levels: tuple[str, ...]

    @property
    def effort(self) -> int:
        return 6 * len(self.themes)

    @property
    def words(self) -> frozenset[str]:
        return frozenset(str(level) for level in LEVELS)


@dataclass(frozen=True, kw_only=True)
class Slots(Item):
    """Free parts of the school's working week (`school.week`)."""

    type = ItemType.SLOTS
    seconds = 60


@dataclass(frozen=True, kw_only=True)
class File(Item):
    """A file of the person's own, one (`files`)."""

    type = ItemType.FILE
    seconds = 60


@dataclass(frozen=True)
class Section:
    """Items under a common heading."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Content:
    """All that a version asks. `intro` says what it is for and who sees the answers."""

    intro: str
    sections: tuple[Section, ...]

    @property
    def items(self) -> Iterator[Item]:
        for section in self.sections:
            yield from section.items

    def only(self, codes: Container[str]) -> "Content":
        """The same with these questions alone; sections without any of them fall away."""
        sections = [
            replace(section, items=tuple(item for item in section.items if item.code in codes))
            for section in self.sections
        ]
        return replace(self, sections=tuple(section for section in sections if section.items))

    def dump(self) -> dict[str, Any]:
        """As JSON."""
        dumped: dict[str, Any] = ContentSchema().dump(self)
        return dumped


def load(stored: Mapping[str, Any]) -> Content:
    """From JSON. Raises marshmallow's `ValidationError`."""
    content: Content = ContentSchema().load(stored)
    return content


def new_code(letter: str) -> str:
    """A code that no question and no option had before: one used again would give old answers new words."""
    return letter + secrets.token_hex(6)


class _Built(Schema):
    """Loads into `made`."""

    made: ClassVar[type[Any]]

    @post_load
    def build(self, data: dict[str, Any], **options: Any) -> Any:
        return self.made(**{name: tuple(value) if isinstance(value, list) else value for name, value in data.items()})


class OptionSchema(_Built):
    """An option or theme."""

    made = Option
    code = fields.String(required=True, validate=CODE)
    title = Line(200, required=True)


class ConditionSchema(_Built):
    """When an item is asked."""

    made = Condition
    item = fields.String(required=True, validate=CODE)
    values = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(min=1, error=N_("Mark the answers after which this is asked")),
    )


class ItemSchema(_Built):
    """What all items have."""

    code = fields.String(required=True, validate=CODE)
    title = Line(500, required=True)
    hint = Prose(500, load_default="")
    required = fields.Boolean(load_default=False)
    private = fields.Boolean(load_default=False)
    show_if = fields.Nested(ConditionSchema, allow_none=True, load_default=None)
    fills = fields.Enum(
        PersonField, by_value=True, allow_none=True, load_default=None, validate=validate.OneOf((None, *ANSWERABLE))
    )


def _options() -> fields.List[Any]:
    some = validate.Length(min=2, max=30, error=SOME_OPTIONS)
    return fields.List(fields.Nested(OptionSchema), required=True, validate=some)


class TextSchema(ItemSchema):
    made = Text
    longest = Whole(
        load_default=LONGEST_TEXT, validate=validate.Range(1, LONGEST_TEXT, error=N_("Write a number from 1 to 4000"))
    )


class SingleSchema(ItemSchema):
    made = Single
    options = _options()


class MultipleSchema(ItemSchema):
    made = Multiple
    options = _options()
    most = Whole(
        load_default=None, allow_none=True, validate=validate.Range(1, 30, error=N_("Write a number from 1 to 30"))
    )


class ScaleSchema(ItemSchema):
    made = Scale
    least = Whole(load_default=1, validate=validate.OneOf((0, 1), error=NOT_OFFERED))
    greatest = Whole(load_default=5, validate=validate.Range(2, 10, error=N_("Write a number from 2 to 10")))
    least_label = Prose(80, load_default="")
    greatest_label = Prose(80, load_default="")


class MatrixSchema(ItemSchema):
    made = Matrix
    themes = fields.List(
        fields.Nested(OptionSchema), required=True, validate=validate.Length(min=1, max=40, error=SOME_THEMES)
    )
    levels = fields.List(Line(40, required=True), required=True, validate=validate.Length(equal=len(LEVELS)))


class SlotsSchema(ItemSchema):
    made = Slots
    fills = fields.Enum(
        PersonField, by_value=True, allow_none=True, load_default=None, validate=validate.OneOf((None, FREE))
    )


class FileSchema(ItemSchema):
    made = File


_SCHEMAS: dict[ItemType, type[ItemSchema]] = {
    ItemType.TEXT: TextSchema,
    ItemType.SINGLE: SingleSchema,
    ItemType.MULTIPLE: MultipleSchema,
    ItemType.SCALE: ScaleSchema,
    ItemType.MATRIX: MatrixSchema,
    ItemType.SLOTS: SlotsSchema,
    ItemType.FILE: FileSchema,
}


def dump_item(item: Item) -> dict[str, Any]:
    """As JSON."""
    return {"type": item.type.value, **_SCHEMAS[item.type]().dump(item)}


def load_item(stored: Mapping[str, Any]) -> Item:
    """From JSON. Raises marshmallow's `ValidationError`."""
    kept = {name: part for name, part in stored.items() if name != "type"}
    item: Item = _SCHEMAS[ItemType(stored["type"])]().load(kept)
    return item


class AnyItem(fields.Field[Item]):
    """An item of whichever type its `type` names."""

    def _serialize(self, value: Item | None, attr: str | None, obj: Any, **options: Any) -> Any:
        return None if value is None else dump_item(value)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> Item:
        if not isinstance(value, dict) or value.get("type") not in set(ItemType):
            raise ValidationError(NOT_OFFERED)
        return load_item(value)


class SectionSchema(_Built):
    """A section."""

    made = Section
    title = Line(200, required=True)
    items = fields.List(AnyItem(), required=True)


class ContentSchema(_Built):
    """The whole: codes are unique, and conditions look back at answers that can be given."""

    made = Content
    intro = Prose(2000, load_default="")
    sections = fields.List(
        fields.Nested(SectionSchema),
        required=True,
        validate=validate.Length(min=1, max=20, error=N_("A questionnaire has from 1 to 20 sections")),
    )

    @post_load
    def build(self, data: dict[str, Any], **options: Any) -> Content:
        content: Content = super().build(data, **options)
        earlier: dict[str, Item] = {}
        for item in content.items:
            if item.code in earlier:
                raise ValidationError(N_("Two questions have the same code"), item.code)
            for choices in (getattr(item, "options", ()), getattr(item, "themes", ())):
                if len({choice.code for choice in choices}) != len(choices):
                    raise ValidationError(N_("Two of the answers have the same code"), item.code)
            if item.show_if is not None:
                asked = earlier.get(item.show_if.item)
                if asked is None or not set(item.show_if.values) <= asked.words:
                    raise ValidationError(N_("The condition names no answer to an earlier question"), item.code)
            earlier[item.code] = item
        if len(earlier) > MOST_ITEMS:
            raise ValidationError(FEWER_QUESTIONS, "sections")
        return content
