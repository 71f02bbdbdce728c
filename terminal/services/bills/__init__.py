"""Bills: rung up as rows of the till, priced by the shop's rules, and settled as one entry of the book."""
