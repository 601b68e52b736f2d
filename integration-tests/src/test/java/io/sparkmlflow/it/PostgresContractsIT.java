package io.sparkmlflow.it;

class PostgresContractsIT extends DatabaseContracts {
    @Override
    DatabaseServer server() {
        return PostgresServer.shared();
    }
}
