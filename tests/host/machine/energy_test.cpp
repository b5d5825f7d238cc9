#include "host/machine/energy.h"

#include "machine_fixture.h"

namespace {

using sslx::machine::EnergyMeter;

class Energy : public sslx::test::MachineTest {
 protected:
  void zone(const std::string& name, const std::string& kind, uint64_t microjoules) const {
    const std::string folder = "sys/class/powercap/intel-rapl:" + name + '/';
    write(folder + "name", kind + '\n');
    write(folder + "max_energy_range_uj", "10000000\n");
    write(folder + "energy_uj", std::to_string(microjoules) + '\n');
  }
};

TEST_F(Energy, IsOfPackagesAndMemoryOnce) {
  zone("0", "package-0", 1'000'000);
  zone("0:0", "core", 500'000);
  zone("0:1", "dram", 0);
  zone("1", "psys", 0);
  EnergyMeter meter(root_);
  zone("0", "package-0", 3'000'000);
  zone("0:0", "core", 2'000'000);
  zone("0:1", "dram", 250'000);
  zone("1", "psys", 9'000'000);
  EXPECT_DOUBLE_EQ(meter.joules().value(), 2.25);
}

TEST_F(Energy, ACounterThatBeginsAnewGoesOn) {
  zone("0", "package-0", 9'000'000);
  EnergyMeter meter(root_);
  zone("0", "package-0", 500'000);
  EXPECT_DOUBLE_EQ(meter.joules().value(), 1.5);
  zone("0", "package-0", 1'000'000);
  EXPECT_DOUBLE_EQ(meter.joules().value(), 2.0);
}

TEST_F(Energy, WhereNothingCanBeReadThereIsNoFigure) {
  EXPECT_EQ(EnergyMeter(root_).joules(), std::nullopt);
  write("sys/class/powercap/intel-rapl:0/name", "package-0\n");
  EXPECT_EQ(EnergyMeter(root_).joules(), std::nullopt);
}

TEST_F(Energy, AGpuAddsItsOwn) {
  double counted = 100;
  EnergyMeter meter(root_, [&] { return std::optional(counted); });
  counted = 103.5;
  EXPECT_DOUBLE_EQ(meter.joules().value(), 3.5);
  EXPECT_EQ(EnergyMeter(root_, [] { return std::optional<double>(); }).joules(), std::nullopt);
}

}  // namespace
