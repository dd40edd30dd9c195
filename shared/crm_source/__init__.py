"""The engine of the CRM sources: everything that is the same for any polled CRM, and nothing of any vendor."""
