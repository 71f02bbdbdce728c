"""Floor 1: the encrypted SQLite file: connection, migrations, tables."""
