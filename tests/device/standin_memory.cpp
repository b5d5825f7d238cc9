#include "tests/device/standin_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

namespace sslx::standin {
namespace {

struct Block {
  void* device = nullptr;  ///< What tensors point to: no access.
  void* kernel = nullptr;  ///< The same pages for the kernels.
  size_t size = 0;
};

/// As CUDA's, what is freed is kept for the next of its size: two maps a block are all that the
/// system allows many of.
class Pool {
 public:
  Block* take(size_t bytes) {
    constexpr size_t kPage = 4096;
    const size_t size = std::max<size_t>(1, (bytes + kPage - 1) / kPage) * kPage;
    Block* out = kept(size);
    if (out == nullptr) out = map(size);
    const int64_t held = held_ += static_cast<int64_t>(size);
    if (held > most_) most_ = held;
    return out;
  }

  void give_back(Block* block) {
    held_ -= static_cast<int64_t>(block->size);
    const std::lock_guard lock(mutex_);
    free_[block->size].push_back(block);
  }

  int64_t held() const { return held_; }
  int64_t most() const { return most_; }

 private:
  Block* kept(size_t size) {
    const std::lock_guard lock(mutex_);
    std::vector<Block*>& all = free_[size];
    if (all.empty()) return nullptr;
    Block* out = all.back();
    all.pop_back();
    return out;
  }

  static Block* map(size_t size) {
    const int file = memfd_create("standin", MFD_CLOEXEC);
    TORCH_CHECK(file >= 0 && ftruncate(file, static_cast<off_t>(size)) == 0,
                "stand-in device: no memory");
    auto* block = new Block{mmap(nullptr, size, PROT_NONE, MAP_SHARED, file, 0),
                            mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), size};
    close(file);
    TORCH_CHECK(block->device != MAP_FAILED && block->kernel != MAP_FAILED,
                "stand-in device: no memory");
    return block;
  }

  std::mutex mutex_;
  std::map<size_t, std::vector<Block*>> free_;
  std::atomic<int64_t> held_{0};
  std::atomic<int64_t> most_{0};
};

/// Never destroyed: tensors may be freed after everything else.
Pool& pool() {
  static Pool& out = *new Pool;
  return out;
}

void give_back(void* context) { pool().give_back(static_cast<Block*>(context)); }

/// SSLX_STANDIN_BROKEN names the device, as CUDA_VISIBLE_DEVICES has it, that breaks after a while:
/// in torch's words for CUDA's.
void break_down() {
  static const bool broken = [] {
    const char* name = std::getenv("SSLX_STANDIN_BROKEN");
    const char* own = std::getenv("CUDA_VISIBLE_DEVICES");
    return name != nullptr && own != nullptr && std::string_view(name) == own;
  }();
  static std::atomic<int> left{1000};
  if (!broken || --left >= 0) return;
  TORCH_CHECK(false, "CUDA error: uncorrectable ECC error encountered");
}

struct Memory final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) override {
    break_down();
    Block* block = pool().take(bytes);
    return {block->device, block, &give_back, c10::Device(kType, 0)};
  }
  void copy_data(void*, const void*, size_t) const override {
    TORCH_CHECK(false, "stand-in device: its bytes are copied by tensors alone");
  }
};

const Block& block_of(const c10::Storage& storage) {
  return *static_cast<const Block*>(storage.data_ptr().get_context());
}

}  // namespace

c10::Allocator& memory() {
  static Memory& out = *new Memory;
  return out;
}

at::Tensor on_cpu(const at::Tensor& tensor) {
  const at::TensorOptions options = tensor.options().device(at::kCPU);
  if (tensor.numel() == 0) return at::empty_strided(tensor.sizes(), tensor.strides(), options);
  char* begin = static_cast<char*>(block_of(tensor.storage()).kernel) +
                tensor.storage_offset() * static_cast<int64_t>(tensor.itemsize());
  return at::from_blob(begin, tensor.sizes(), tensor.strides(), options);
}

void grow(const c10::Storage& storage, size_t bytes) {
  c10::DataPtr next = memory().allocate(bytes);
  if (storage.nbytes() > 0) {
    std::memcpy(static_cast<Block*>(next.get_context())->kernel, block_of(storage).kernel,
                std::min(bytes, storage.nbytes()));
  }
  storage.set_data_ptr_noswap(std::move(next));
  storage.unsafeGetStorageImpl()->set_nbytes(bytes);
}

int64_t held_bytes() { return pool().held(); }
int64_t most_held_bytes() { return pool().most(); }

REGISTER_ALLOCATOR(c10::DeviceType::HPU, &memory());

}  // namespace sslx::standin
