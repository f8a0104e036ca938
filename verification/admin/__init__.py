"""The investigators' desk: pages around operations, on Django's own admin site."""
