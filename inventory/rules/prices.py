"""What a price is near to, and what it is a square metre."""

from decimal import Decimal

from inventory.rules.terms import PriceTerms


def similar_range(price: Decimal, terms: PriceTerms) -> tuple[Decimal, Decimal]:
    """Prices that count as near."""
    band = (price * terms.similar_percent / 100).quantize(Decimal("0.01"))
    return price - band, price + band


def per_metre(total: Decimal, area: Decimal) -> Decimal:
    """Yuan a square metre of built area."""
    return (total / area).quantize(Decimal("0.01"))
