"""Taking back what was settled: refunds, voids, repayments, prepayments and cards given back, and their payouts."""
