"""Read models of the customers' screens: strings ready for templates, only what the actor may see."""
