"""Simulators of every device, each at the far end of its real wire.

Device models (a card, a reader, a printer, a scanner) are written free of transport; small programs put them on
a Unix socket, a TCP port or a pseudo-terminal. Nothing here imports `terminal.hw`.
"""
