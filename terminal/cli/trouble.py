"""Expected trouble of a command, told in one sentence with a stable code instead of a traceback."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

from terminal.base.config import ConfigMistakes
from terminal.base.errors import Refusal
from terminal.base.sentences import sentence


def told(work: Callable[[], int], config: Path, language: str) -> int | None:
    """Return what `work` returned; None when expected trouble ended it, which was then told on standard error.

    What is wrong in a configuration file is told in English, as its keys are.
    """
    try:
        return work()
    except ConfigMistakes as error:
        for mistake in error.mistakes:
            where = f"{config}: {mistake.key}: " if mistake.key else ""
            _say(f"{where}{mistake.sentence} [config_wrong]")
    except Refusal as refusal:
        _say(sentence(refusal, language))
    except BrokenPipeError:
        _drop_output()
    except OSError as error:
        _drop_output()
        _say(sentence(_of_the_system(error), language))
    except KeyboardInterrupt:
        _say(sentence(Refusal("interrupted"), language))
    return None


def _drop_output() -> None:
    """Send what is still unwritten nowhere: the interpreter would stumble over it a second time at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _of_the_system(error: OSError) -> Refusal:
    file = str(error.filename or "the output")
    if error.errno == errno.ENOSPC:
        return Refusal("disk_full", file=file)
    return Refusal("file_unusable", file=file, reason=error.strerror or str(error))


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")
