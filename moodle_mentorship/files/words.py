"""What is said of a template's flaws; `%(…)s` are their params."""

from moodle_mentorship.core.i18n import N_
from moodle_mentorship.files.enums import Flaw, Part

FLAWS = {
    Flaw.LARGE: N_("The file is larger than %(megabytes)s MB. Take pictures out of it or make them smaller."),
    Flaw.BOMB: N_("The file unpacks to more than a document ever has. It was not opened."),
    Flaw.NOT_WORD: N_("This is no Word document. In Word choose “Save as”, then “Word document (*.docx)”."),
    Flaw.LOCKED: N_("The file has a password, or it is of an old Word (.doc). Save it as .docx without a password."),
    Flaw.DAMAGED: N_("The file is damaged. Open it in Word and save it once more as .docx."),
    Flaw.DTD: N_(
        "A document type with entities is declared in the file, Word never writes one. Copy the text into a new "
        "document."
    ),
    Flaw.MACROS: N_("There are macros in the file. Save it as “Word document (*.docx)”, which holds none."),
    Flaw.EMBEDDED: N_("Another file is embedded: %(what)s. Delete it, or put a picture in its place."),
    Flaw.CONTROL: N_("There is a control of a form (ActiveX) in the file. Delete it."),
    Flaw.PICTURE: N_("A picture of the kind “%(what)s”. Put it in as PNG or JPEG."),
    Flaw.LINKED: N_(
        "The file fetches something from outside: %(what)s. Break the link (in Word: “File”, “Info”, “Edit links to "
        "files”), or put the thing itself in."
    ),
    Flaw.TIED: N_(
        "The file is tied to a template that lies elsewhere: %(what)s. In Word put Normal in its place (“Developer”, "
        "“Document Template”), or copy the text into a new document."
    ),
    Flaw.CHUNK: N_("Another document is inserted as a whole. Copy its text instead."),
    Flaw.FIELD: N_(
        "The field %(what)s calculates or fetches something each time the document is opened; a signed document may "
        "not change. Put text or a tag in its place."
    ),
    Flaw.BOUND: N_(
        "A content control is bound to data of the file, and Word would show those in place of what is filled in. Copy "
        "the text out of the control and delete it."
    ),
    Flaw.TRACKED: N_("There are tracked changes in the file. Accept or reject them all, then choose the file again."),
    Flaw.UNCLOSED: N_(
        "A tag is not closed. Its two braces at the beginning and at the end must stand in one paragraph: {{ … }}."
    ),
    Flaw.UNPAIRED: N_("%(what)s has no partner: each for ends with endfor, each if with endif, in the same order."),
    Flaw.SYNTAX: N_("The tag %(what)s can't be understood."),
    Flaw.FORBIDDEN: N_("A template may not use this: %(what)s. It can show values, choose (if) and repeat (for)."),
    Flaw.UNKNOWN: N_("There is no name %(what)s in this document."),
    Flaw.NO_LIST: N_("%(what)s is no list, there is nothing to repeat."),
    Flaw.WHOLE: N_("%(what)s stands for several values. Name one of them, or repeat them with for."),
    Flaw.LOST: N_(
        "%(what)s takes its whole paragraph or row with it, and what else stands there would be lost. Let the tag "
        "stand alone."
    ),
    Flaw.NOT_FILLED: N_("Tags in endnotes are not filled. Move it into the text or into a footnote."),
    Flaw.CUT: N_(
        "The tag %(what)s stands within a field or a hidden mark of Word, or takes a piece of it away. Write tags in "
        "plain text, and let fields, such as the number of the page, stand whole before or behind them."
    ),
    Flaw.UNFIT: N_("The file can't be filled: %(what)s."),
    Flaw.ENDLESS: N_("Filling the file takes too much time or memory."),
}

PARTS = {
    Part.BODY: N_("text"),
    Part.HEADER: N_("header of the page"),
    Part.FOOTER: N_("footer of the page"),
    Part.FOOTNOTES: N_("footnotes"),
    Part.ENDNOTES: N_("endnotes"),
    Part.COMMENTS: N_("comments"),
    Part.ELSEWHERE: N_("hidden part of the file"),
}
