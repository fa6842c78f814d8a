"""Side-by-side measurements; `make bench` prints the table that the README quotes."""
