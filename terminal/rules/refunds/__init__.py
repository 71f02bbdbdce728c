"""What a member gets back: of a bill, of a prepayment, and with the card's return. Pure rules."""
