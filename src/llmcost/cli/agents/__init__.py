"""What agents may ask of the commands, over the Model Context Protocol."""
