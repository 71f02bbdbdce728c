"""What the shop's people earn by what they sell and do. Pure rules."""
