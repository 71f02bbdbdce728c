"""No secret of a day in the shop appears in anything the till writes, shows or prints."""
