"""What may be wrong with any file and any function, whatever it computes."""

from __future__ import annotations

from chainrule.diagnosis.book.rows import Mistake, Page

FILE, FUNCTION = "file", "function"

ROWS: tuple[Mistake, ...] = (
    *Page(FILE, "", "the check looks for the name `{name}`, as in the starter file").rows(
        ("name-missing", "{file} has no `{name}`"),
    ),
    *Page(FILE, "", "def {name}(…):").rows(("not-callable", "`{name}` cannot be called")),
    *Page(FILE, "", "class {name}:").rows(("not-a-class", "`{name}` is no class")),
    *Page(FILE, "", "def {name}(self, …):").rows(
        ("method-missing", "`{owner}` has no method `{name}`"),
        ("unfinished", "`{name}` is not written yet"),
    ),
    *Page(FUNCTION, "", "compute a new array; do not assign into the one that was given").rows(
        ("changes-argument", "{of} changes its argument {quantity}, which others still need"),
    ),
    *Page(FUNCTION, "", "{right}").rows(
        ("no-number", "{of} gives something that is no number"),
        ("shape", "{of} gives another shape"),
        ("not-recognised", "wrong, not recognised: the first quantity that differs is {quantity}"),
    ),
    *Page(FUNCTION, "", "return …, with {right}").rows(
        ("returns-nothing", "{of} returns nothing"),
    ),
)  # fmt: skip
