"""Read models of the stock: prices, claims, the board and the pages around it."""
