"""What people say beside the weights: pause, promote, freeze, resume, break a lease."""
