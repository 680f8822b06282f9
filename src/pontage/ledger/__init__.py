"""The books: what every request used and cost, and the budgets it was held against. Floor 6.

`records` and `changes` say what is written, `store` who writes it; `sqlite` is the store there is. `budgets` and
`bounds` say what a request is held against and for how much; `usage` and `report` read the books, `export` copies them.
"""
