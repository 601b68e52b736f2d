/**
 * How what the listener tells reaches the tracking store: at once while the store answers, else by way of a spool on the local
 * disk.
 */
package io.sparkmlflow.listener.delivery;
