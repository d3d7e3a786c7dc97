"""The demo office's customers: three months of registers, leases in every state, a hall that is open."""

from customers.seeds import channels, disputes, feedback, hall, households, ownership, people, pool, registers
from salesdept.seeds import Office


def run(office: Office) -> None:
    people.fill(office)
    households.fill(office)
    ownership.fill(office)
    pool.fill(office)
    disputes.fill(office)
    hall.fill(office)
    feedback.fill(office)
    if office.customers <= hall.SMALL:
        registers.fill(office)
    channels.fill(office)
