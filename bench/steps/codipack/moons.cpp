// One training step of the moons demo with CoDiPack, a tape for C++: MLP 2-16-16-1 with ReLU, hinge loss and L2 penalty, 100
// points. Prints the microseconds for a step, the median of five runs, on one thread.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

#include <codi.hpp>

using Number = codi::RealReverse;

constexpr int sizes[] = {2, 16, 16, 1};
constexpr int points = 100;

std::vector<Number> params;
std::vector<double> gradient;
double xs[points][2], labels[points];

Number score(const double *point) {
	std::vector<Number> h(point, point + 2), next;
	size_t p = 0;
	for (int layer = 1; layer < 4; layer++) {
		next.clear();
		for (int i = 0; i < sizes[layer]; i++) {
			Number sum = 0;
			for (const Number &x : h) {
				sum += params[p++] * x;
			}
			sum += params[p++];
			if (layer < 3) {
				sum = max(sum, 0.0);
			}
			next.push_back(sum);
		}
		h.swap(next);
	}
	return h[0];
}

void step() {
	auto &tape = Number::getTape();
	tape.setActive();
	for (Number &p : params) {
		tape.registerInput(p);
	}
	Number loss = 0;
	for (int i = 0; i < points; i++) {
		loss += max(1 - labels[i] * score(xs[i]), 0.0) / double(points);
	}
	for (const Number &p : params) {
		loss += 1e-4 * p * p;
	}
	tape.registerOutput(loss);
	tape.setPassive();
	loss.setGradient(1);
	tape.evaluate();
	for (size_t i = 0; i < params.size(); i++) {
		gradient[i] = params[i].getGradient();
	}
	tape.reset();
}

double microseconds(int steps) {
	auto start = std::chrono::steady_clock::now();
	for (int i = 0; i < steps; i++) {
		step();
	}
	std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
	return took.count() / steps;
}

int main() {
	std::mt19937 rng(1);
	std::uniform_real_distribution<double> uniform(0, 1);
	std::normal_distribution<double> normal(0, 0.1);
	for (int i = 0; i < points; i++) {
		double angle = uniform(rng) * std::acos(-1.0), x = std::cos(angle), y = std::sin(angle);
		labels[i] = -1;
		if (i % 2 == 1) {
			x = 1 - x, y = 0.5 - y, labels[i] = 1;
		}
		xs[i][0] = x + normal(rng);
		xs[i][1] = y + normal(rng);
	}
	for (int layer = 1; layer < 4; layer++) {
		double width = std::sqrt(6.0 / sizes[layer - 1]);
		for (int i = 0; i < sizes[layer]; i++) {
			for (int j = 0; j < sizes[layer - 1]; j++) {
				params.push_back(width * (2 * uniform(rng) - 1));
			}
			params.push_back(0);
		}
	}
	gradient.resize(params.size());

	microseconds(100); // warm up
	std::vector<double> runs;
	for (int i = 0; i < 5; i++) {
		runs.push_back(microseconds(500));
	}
	std::sort(runs.begin(), runs.end());
	std::printf("CoDiPack %d.%d, -O3: %.0f µs per step\n", CODI_MAJOR_VERSION, CODI_MINOR_VERSION, runs[2]);
}
