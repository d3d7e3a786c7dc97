"""The kinds of sheets of this chapter."""

from customers.resources.calls import CALLS
from customers.resources.customers import CUSTOMERS
from customers.resources.updates import CUSTOMER_UPDATES

KINDS = (CUSTOMERS, CUSTOMER_UPDATES, CALLS)

__all__ = ["CALLS", "CUSTOMERS", "CUSTOMER_UPDATES", "KINDS"]
