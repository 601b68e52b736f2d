/** Files of runs and models: where they are kept, how they get there and back, and how a model URI finds them. */
package io.sparkmlflow.artifacts;
