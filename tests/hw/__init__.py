"""Tests of the device drivers, against simulators at the far end of real wires."""
