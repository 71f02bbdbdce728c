"""`terminal devices test` broken off with Ctrl-C: the till lets the device go at once, for the next test."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import subprocess
from collections.abc import Iterator

import pytest

from terminal.base.errors import Refusal
from terminal.runtime.admin import AdminClient
from tests.cli.home import COMMAND_S, REPOSITORY, command
from tests.cli.simulators import Devices, till_with_devices
from tests.journeys.conftest import until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def devices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devices]:
    with till_with_devices(tmp_path_factory.mktemp("tests"), "246810", "姓名,手机\n王小芳,13977735791\n") as made:
        yield made


def is_busy(socket: pathlib.Path) -> bool:
    """Tell whether a device is being tested, by asking for what is refused otherwise as well."""
    with contextlib.closing(AdminClient(socket)) as client, pytest.raises(Refusal) as refused:
        client("device_hint", device="scanner", number="1")
    assert refused.value.code in {"device_test_busy", "device_no_hint"}
    return refused.value.code == "device_test_busy"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("device", ["counter-reader", "scanner"])
def test_a_test_ends_with_the_command_that_asked_for_it(devices: Devices, device: str, number: signal.Signals) -> None:
    socket = devices.home.data / "till.sock"
    process = subprocess.Popen(
        command("devices", "test", device, "--config", devices.home.config),
        cwd=REPOSITORY,
        env={**os.environ, "LC_ALL": "zh_CN.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(lambda: is_busy(socket), "the test to begin")
    process.send_signal(number)
    out, err = process.communicate(timeout=COMMAND_S)
    assert not is_busy(socket)
    assert out == ""
    assert err.startswith("请在 20 秒内")
    if number == signal.SIGINT:
        assert (process.returncode, err.splitlines()[-1].endswith("[interrupted]")) == (1, True), err
        assert err.splitlines()[-1].startswith("命令已中断")
    said = devices.home.run("devices", "test", "printer")
    assert (said.exit_code, "[test_slip_printed]" in said.out) == (0, True), said
