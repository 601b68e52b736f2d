package io.sparkmlflow.udf;

import java.io.Serializable;
import scala.runtime.AbstractFunction1;

/**
 * A faster form of a function of MLlib: the same answers, bit for bit, and failures where it fails. It writes into no vector,
 * keeps nothing between two rows, and serves all threads.
 */
abstract class FastFunction extends AbstractFunction1<Object, Object> implements Serializable {
    private static final long serialVersionUID = 1L;
}
