"""Facts on formats and providers, found by trying them out; `tests.generated` makes tables of them."""
