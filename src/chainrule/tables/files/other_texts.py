"""Texts that are no tables: a web page, JSON, a pointer to a file, a script saved as ``.csv``.

Each is known by its first lines. A header may begin with the same characters, so a single mark
never suffices: what follows it must be what follows it in such a text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

_SAVE = "save the table in it as CSV, TSV or Parquet"
_DOWNLOAD = "download the file itself"


@dataclass(frozen=True)
class OtherText:
    """A kind of text that is no table."""

    kind: str
    remedy: str
    begins: Callable[[str], object]
    """Says whether a text that begins like this is of this kind; true or false, or a match."""


def other_text(text: str) -> OtherText | None:
    r"""Name the format of a text that is no table; None for a possible table.

    Parameters
    ----------
    text : str
        The beginning of the file, or all of it.

    Examples
    --------
    >>> other_text("<!DOCTYPE html>\n<html>").kind
    'an HTML page'
    >>> other_text("<html,kind\n1,a\n") is None
    True
    """
    beginning = text.lstrip("\ufeff \t\r\n\v\f")
    return next((other for other in _OTHERS if other.begins(beginning)), None)


def _pattern(pattern: str, flags: int = re.IGNORECASE | re.MULTILINE) -> Callable[[str], object]:
    return re.compile(pattern, flags).match


# What stands before the first element of a page: comments, declarations, instructions.
_PROLOG = r"(?:\s*(?:<!--(?:(?!-->)[\s\S])*-->|<\?(?:(?!\?>)[\s\S])*\?>))*\s*"
_NO_DELIMITER = r"(?! *[,;|\t])"  # <DATE>,<OPEN> is a header of finance tools
_HTML = _pattern(
    _PROLOG + r"(?:<!doctype\s+html|<(?:html|head|body|script|meta|title|style|noscript|iframe|"
    r"table|div|center|h1|p|pre)(?:\s[^<>]*)?>" + _NO_DELIMITER + ")"
)
_REFUSED = _pattern(
    _PROLOG + r"<error\b[^<>]*>\s*<code>\s*(?:accessdenied|nosuch\w+|expiredtoken|\w+)\s*</code>"
)
_WORKBOOK = _pattern(
    _PROLOG + r"<[^<>]*urn:schemas-microsoft-com:office:spreadsheet|"
    r'\s*<\?xml[\s\S]{0,200}<\?mso-application\s+progid="Excel'
)
_XML = _pattern(
    _PROLOG + r"<[a-z_][\w:.-]*(?:\s[^<>]*)?> *(?:\r?\n\s*)?<[a-z_!/]|\s*<\?xml\s|<!doctype\s"
)


def _is_json(text: str) -> object:
    """Say whether a text is a JSON object or array, or the beginning of one."""
    if text[:1] not in ("{", "["):
        return False
    return isinstance(_loaded(text), dict | list) or _JSON_BEGINS(text)


def _is_json_lines(text: str) -> object:
    """Say whether each line is a JSON object or array of its own."""
    lines = [line for line in text.splitlines() if line.strip()]
    if text[:1] == "{":
        return isinstance(_loaded(lines[0]), dict) and len(lines) > 1
    return len(lines) > 2 and all(isinstance(_loaded(line), list) for line in lines[:2])


def _is_notebook(text: str) -> object:
    return re.match(r'\{\s*"cells"\s*:', text) or (text[:1] == "{" and '"nbformat"' in text)


def _loaded(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


_JSON_BEGINS = _pattern(
    r'\{\s*"(?:[^"\\\n]|\\.)*"\s*:\s*["{\[\dtfn-]'  # {"name": …
    r'|\[\s*\{\s*"(?:[^"\\\n]|\\.)*"\s*:'  # [{"name": …
    r'|\[\s*\[\s*(?:"(?:[^"\\\n]|\\.)*"|-?\d[\d.eE+-]*|null|true|false)\s*,',  # [["a", …
    0,
)


def _lines(text: str, at_most: int = 40) -> list[str]:
    return [line for line in text.splitlines() if line.strip()][:at_most]


def _many(pattern: str, at_least: int, *, comments: str = "#") -> Callable[[str], object]:
    """Return a function that says whether some of the first lines match, the first among them."""
    matches = re.compile(pattern).match

    def begins(text: str) -> object:
        lines = [line for line in _lines(text) if not line.lstrip().startswith(comments)]
        return (
            bool(lines)
            and matches(lines[0])
            and sum(bool(matches(line)) for line in lines) >= at_least
        )

    return begins


_PYTHON = (
    r"(?:from\s+[\w.]+\s+import\s+[\w*(]|import\s+[\w.]+(?:\s+as\s+\w+)?\s*$|def\s+\w+\(.*:\s*$"
    r"|class\s+\w+.*:\s*$|@\w[\w.]*\s*(?:\(|$)|print\(|if\s.+:\s*$|with\s.+:\s*$|\w+\s*=\s*\S"
    r"|\"\"\"|[\w.]+\(.*\)\s*$)"
)
_R = r"(?:(?:library|require|source|setwd|install\.packages|rm)\(.*\)|[\w.]+\s*<-\s*\S)"
_IMPORTS = re.compile(
    r"^(?:import\s+[\w.]+(?:\s+as\s+\w+)?|from\s+[\w.]+\s+import\s.+)\s*$", re.MULTILINE
).search
_SQL_DUMP = re.compile(r"-- (?:MySQL|MariaDB|PostgreSQL|phpMyAdmin|SQLite|Host:|\s*\n--)").match
_SQL = (
    r"(?i:(?:create|drop|alter)\s+(?:table|database)\b[^,;|\t]*[(;]?|insert\s+into\s+\S+.*|"
    r"set\s+\w+\s*=.*;|select\s.+\sfrom\s.+|begin;|use\s+\S+;)\s*$"
)
_MAIL_FIELD = (
    r"(?:From|To|Cc|Subject|Date|Return-Path|Received|Delivered-To|Message-ID|MIME-Version|"
    r"Content-Type|Content-Transfer-Encoding|Reply-To|X-[\w-]+|From \S+@\S+):?\s"
)
_SCRIPT_REMEDY = "give the table that it reads or writes"


def _is_svmlight(text: str) -> object:
    """Say whether the lines are a label and then index:value, with the indices ascending."""
    lines = [line for line in _lines(text)[:-1] or _lines(text) if not line.startswith("#")]
    return (
        bool(lines)
        and all(map(_SVMLIGHT_LINE, lines))
        and any(line.count(":") > 1 for line in lines)
        and all(map(_ascends, lines))
    )


_SVMLIGHT_LINE = re.compile(
    r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?: qid:\d+)?(?:\s+\d+:[-+]?[\d.]+(?:e[-+]?\d+)?)*"
    r"\s*(?:#.*)?$",
    re.IGNORECASE,
).match


def _ascends(line: str) -> bool:
    indices = [int(index) for index in re.findall(r"\s(\d+):", line.partition("#")[0])]
    return indices == sorted(set(indices))


def _is_drawn(text: str) -> object:
    """Say whether the second line is a rule of dashes, as in Markdown and on a console."""
    lines = _lines(text, 2)
    if len(lines) < 2:
        return False
    header, rule = (line.strip() for line in lines)
    return re.fullmatch(r"\+[-=+]{3,}\+|[┌╔][─━═┬╦]+[┐╗]", header) or (
        "|" in header and re.fullmatch(r"\|?\s*:?-{3,}:?\s*(?:[|+]\s*:?-{3,}:?\s*)+\|?", rule)
    )


_FRONT_MATTER = _pattern(r"---[ \t]*\r?\n(?:#[^\n]*\n)*[A-Za-z_][\w -]*:(?:\s|$)", 0)
_CONFLICT = re.compile(r"^(?:<{7}|>{7}) \S", re.MULTILINE).search
_HTTP_ERROR = re.compile(
    r"[45]\d\d:?\s+[A-Z][A-Za-z -]+\s*"
    r"|(?i:not found|forbidden|access denied|unauthorized|bad gateway|service unavailable"
    r"|too many requests|internal server error)\.?\s*"
).fullmatch

_OTHERS = (
    OtherText("an HTML page", _DOWNLOAD, _HTML),
    OtherText(
        "a storage server's error message (such as AccessDenied) as XML",
        f"{_DOWNLOAD}, with the right to read it",
        _REFUSED,
    ),
    OtherText(
        "an Excel workbook in the XML form of 2003", "save it as .xlsx or CSV", _WORKBOOK
    ),
    OtherText("an XML document", _SAVE, _XML),
    OtherText(
        "a server's error message", f"{_DOWNLOAD}; this is not its content", _HTTP_ERROR
    ),
    OtherText("a Jupyter notebook", _SCRIPT_REMEDY, _is_notebook),
    OtherText(
        "JSON lines", "convert them to CSV or Parquet, e.g. with polars.read_ndjson", _is_json_lines
    ),
    OtherText(
        "a JSON document", "convert it to CSV or Parquet, e.g. with pandas.read_json", _is_json
    ),
    OtherText(
        "a Git LFS pointer", "run `git lfs pull` to get the file it stands for",
        _pattern(r"version https://git-lfs\."),
    ),
    OtherText(
        "a text with git's marks of a merge conflict (<<<<<<<)", "resolve the conflict first",
        _CONFLICT,
    ),
    OtherText("an ARFF file (Weka)", "convert it to CSV, e.g. with scipy.io.arff",
              _pattern(r"(?:%[^\n]*\n|[ \t]*\r?\n)*@relation[ \t]+\S.*$[\s\S]*?^@attribute\s")),
    OtherText("a Matrix Market file", "convert it, e.g. with scipy.io.mmread",
              _pattern(r"%%MatrixMarket\s")),
    OtherText("an svmlight (LIBSVM) file",
              "convert it, e.g. with sklearn.datasets.load_svmlight_file", _is_svmlight),
    OtherText("a LaTeX document", _SAVE,
              _pattern(r"(?:%[^\n]*\n|[ \t]*\r?\n)*\\(?:documentclass|documentstyle|begin|section|"
                       r"usepackage|input|caption|toprule|hline|centering)\s*(?:[\[{\n]|$)")),
    OtherText("an RTF document", _SAVE, _pattern(r"\{\\rtf\d")),
    OtherText("a PostScript document", _SAVE, _pattern(r"%!PS")),
    OtherText("a script", _SCRIPT_REMEDY, _pattern(r"#!\s*/")),
    OtherText("a Python script", _SCRIPT_REMEDY,
              lambda text: _IMPORTS(text) and _many(_PYTHON, 2)(text)),
    OtherText("an R script", _SCRIPT_REMEDY, _many(_R, 2)),
    OtherText("an SQL script", "run it in its database and export the table as CSV",
              lambda text: _SQL_DUMP(text) or _many(_SQL, 1, comments="--")(text)),
    OtherText("a YAML or Markdown text with front matter", _SAVE, _FRONT_MATTER),
    OtherText("a table drawn with bars and dashes (Markdown, a console)", _SAVE, _is_drawn),
    OtherText("an e-mail", "save its attachment", _many(_MAIL_FIELD, 3)),
    OtherText("a server's answer with its HTTP header", _DOWNLOAD,
              _pattern(r"HTTP/\d(?:\.\d)? \d{3}\b")),
    OtherText("a patch", "apply it to the file it changes",
              _pattern(r"diff --git a/|--- a/.*\r?\n\+\+\+ b/", re.MULTILINE)),
    OtherText("a key or certificate", "give a table", _pattern(r"-----BEGIN [A-Z ]+-----", 0)),
    OtherText("a link to a web page", _DOWNLOAD, _pattern(r"\[InternetShortcut\]")),
)  # fmt: skip
