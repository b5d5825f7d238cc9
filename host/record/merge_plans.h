// The plans of two records as one list, in an order that does not depend on who was merged into
// whom: numbered by when they were made, "last used" by when they were used. Plans of one file that
// differ in nothing but their seeds are joined to one more, so that seeds run on two machines stand
// in one table; each merge makes the joined ones anew. For merge.cpp; the other record is attached.
#pragma once

#include <cstddef>

namespace sslx::record {

class Connection;

/// Plans that are new here, or were used there since they were last used here.
size_t count_new_plans(Connection& handle);

/// Needs every trial of both records.
void unite_plans(Connection& handle);

}  // namespace sslx::record
