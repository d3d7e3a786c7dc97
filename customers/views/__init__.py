"""Thin views: parse, call a service or a query, render."""
