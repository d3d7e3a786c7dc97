"""Files as offices send them: clean, dirty, and hostile. Deterministic; nothing here is a test."""
