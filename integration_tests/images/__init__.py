"""The sources' images, in containers."""
