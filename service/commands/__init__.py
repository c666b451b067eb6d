"""The command line's commands, one module for each concern; ``service.cli`` lists them."""
