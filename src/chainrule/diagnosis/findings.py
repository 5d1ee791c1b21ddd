"""What a diagnosis says: findings, each with its evidence, and remarks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something that is wrong.

    Attributes
    ----------
    key : str
        Of the mistake.
    title : str
        What is wrong, in the words of the formula.
    quantity : str
        What it spoils first.
    evidence : str
        Their number beside the right one.
    right : str
        The right formula.
    line : str
        The line to look at, if the source can be read.
    """

    key: str
    title: str
    quantity: str
    evidence: str
    right: str
    line: str = ""

    def __str__(self) -> str:
        told = {"right": self.right, "seen": self.evidence, "look at": self.line}
        rows = [f"    {name + ':':<9}{text}" for name, text in told.items() if text]
        return "\n".join([f"✗ {self.title}", *rows])


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a learner's code; `print` shows it.

    Attributes
    ----------
    findings : tuple of Finding
        Empty if nothing is wrong.
    remarks : tuple of str
        What is not wrong, but worth knowing.
    read_as : str
        How the layer's class was read, where it is not written as on the page.
    """

    findings: tuple[Finding, ...]
    remarks: tuple[str, ...] = ()
    read_as: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        lines = [f"read as: {self.read_as}"] if self.read_as else []
        if self.ok:
            lines.append(
                "Everything that was looked at agrees with the formulas."
                if self.remarks or self.read_as
                else "Everything agrees with the formulas."
            )
        for finding in self.findings:
            lines += [*([""] if lines else []), str(finding)]
        return "\n".join([*lines, *(f"note: {remark}" for remark in self.remarks)])
