"""One module for each product; generated."""
