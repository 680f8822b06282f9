"""Trust: who may come in and do what, how much of it, and where the keys of providers are kept. Floor 6.

`tokens`, `rights` and `keys`: virtual keys. `limits`: how fast. `master` and `vault`: providers' keys under a master
key. `audit`: the trail of who changed any of it.
"""
