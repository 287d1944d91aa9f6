"""Accounts: `/accounts`. Who may sign in, in which role, for which areas."""

from components import accounts
from components.page import begin
from components.register.screen import Extras, show
from db.system.accounts import ACCOUNTS
from db.words import N_

viewer = begin("account.view")

show(
    viewer,
    ACCOUNTS,
    Extras(
        tabs={N_("Areas and resident"): accounts.reach},
        header=accounts.header,
        actions=accounts.actions,
        new=accounts.new,
        above=accounts.above,
    ),
)
