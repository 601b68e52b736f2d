/** Who asks: user names, passwords and tokens, and the places where they are kept. */
package io.sparkmlflow.credentials;
