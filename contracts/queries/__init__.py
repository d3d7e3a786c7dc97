"""Read models of contracts and money: strings ready for the templates."""
