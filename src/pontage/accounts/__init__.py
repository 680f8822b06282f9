"""Every request on an account: who asks, what it may cost, what it did. Floor 7.

`account` is one request's; `books` is what all accounts share; `entries` says what is written of one, `asked` what its
price hangs on. `strongroom` opens the ledger, the vault and the keys.
"""
