"""What has become of a saved trace, in words."""

from __future__ import annotations

from typing import assert_never

from modelcheck.checking.saved import OtherNow, ProcessGone, PropertyGone, RefusedNow, Remark
from modelcheck.report.reasons.differences import replay_words

_GONE = "the trace no longer applies"


def remark_text(remark: Remark) -> str:
    """Why a saved trace does not apply any more, or what is different about it."""
    match remark:
        case PropertyGone(name):
            return f"{_GONE}: there is no property `{name}` any more"
        case ProcessGone(step, process):
            return f"{_GONE}: step {step}: there is no process {process} any more"
        case RefusedNow(why, was, since):
            told = f"{_GONE}: {replay_words(why)}"
            if was is not None:
                told += f"; in the saved trace step {why.step} was {was.process} at {was.position}: {was.operation}"
            if since is not None:
                told += f"; it goes another way since step {since.number}: {since.then.operation} then,"
                told += f" {since.now.operation} now"
            return told
        case OtherNow(number, then, now):
            return (
                f"the trace still applies, but step {number} is another now: {then.operation} ({then.position}) then,"
                f" {now.operation} ({now.position}) now"
            )
        case _:
            assert_never(remark)
