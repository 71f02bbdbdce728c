"""What the driver tests share: one path for the card service, because libpcsclite reads its name once per process."""

from __future__ import annotations

import atexit
import os
import pathlib
import shutil
import tempfile

if "PCSCLITE_CSOCK_NAME" not in os.environ:
    # Otherwise another test folder of this process has chosen a path already, and everybody must use that one.
    _folder = tempfile.mkdtemp(prefix="counterfoil-pcsc-")
    atexit.register(shutil.rmtree, _folder, ignore_errors=True)
    os.environ["PCSCLITE_CSOCK_NAME"] = str(pathlib.Path(_folder) / "pcscd.comm")

PCSC_SOCKET = os.environ["PCSCLITE_CSOCK_NAME"]
