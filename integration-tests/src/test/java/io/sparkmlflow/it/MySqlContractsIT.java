package io.sparkmlflow.it;

/** Python's database has the collation that databases have by themselves. */
class MySqlContractsIT extends DatabaseContracts {
    @Override
    DatabaseServer server() {
        return MariaDbServer.shared();
    }

    @Override
    String newDatabase() {
        return MariaDbServer.shared().newDatabase("utf8mb4_bin");
    }
}
